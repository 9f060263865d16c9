import { useEffect, useState } from 'preact/hooks'
import type { Device } from '../../../sdk/src/mod.ts'
import type { App } from '../app.ts'
import { briefTime } from '../format.ts'
import { explain } from '../problems.ts'
import { say } from '../toasts.ts'

/** Where one is logged in, and ending that. */
export function Devices({ app }: { app: App }) {
  const [devices, setDevices] = useState<readonly Device[]>()
  const [problem, setProblem] = useState<string>()
  const [sure, setSure] = useState<string>()

  useEffect(() => {
    app.mine.devices().then(setDevices, (error: unknown) => setProblem(explain(error, 'load')))
  }, [app])

  const remove = async (device: Device) => {
    try {
      await app.mine.removeDevice(device.id)
      setDevices(devices?.filter(({ id }) => id !== device.id))
      say('That device is logged out')
    } catch (error) {
      say(explain(error, 'remove'), { bad: true })
    }
    setSure(undefined)
  }

  return (
    <section>
      <h3 id="devices">Devices</h3>
      <div role="alert">{problem !== undefined && <p class="notice bad">{problem}</p>}</div>
      <ul class="people" aria-labelledby="devices" aria-busy={devices === undefined}>
        {devices === undefined && problem === undefined && <li class="none">Loading…</li>}
        {devices?.map((device) => {
          const name = device.name ?? device.platform ?? 'A device without a name'
          return (
            <li key={device.id}>
              <span class="grow">
                {name}
                <span class="hint">
                  {device.current ? 'This device' : `Last used ${briefTime(new Date(device.active_at))}`}
                </span>
              </span>
              {!device.current &&
                (sure === device.id ? (
                  <button type="button" class="button danger small" onClick={() => void remove(device)}>
                    Log it out
                  </button>
                ) : (
                  <button
                    type="button"
                    class="button quiet small"
                    aria-label={`Log out ${name}…`}
                    onClick={() => setSure(device.id)}
                  >
                    Log out…
                  </button>
                ))}
            </li>
          )
        })}
      </ul>
    </section>
  )
}
