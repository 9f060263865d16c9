import { toJson } from '../../../shared/fabric/call.ts'
import { presenceRulesShape, type UserShape } from '../../../shared/fabric/calls.ts'
import type { Fabric } from '../../../shared/fabric/connection.ts'
import type { Directory } from '../../../shared/fabric/directory.ts'
import { subjects } from '../../../shared/fabric/registry.ts'
import type { UserId } from '../../../shared/protocol/ids.ts'

/**
 * Who may see the presence of these users of one partition has changed, or their status: whoever watches them asks again, and is shown their new profiles. Where nobody
 * owns presence just now it is lost, and edges ask again at a new owner anyway.
 */
export function tellPresenceRules(
  { fabric, directory }: { readonly fabric: Fabric; readonly directory: Directory },
  partition: number,
  users: readonly UserId[],
  profiles: readonly UserShape[] = [],
): void {
  const term = directory.term('presence', partition)
  if (term === undefined) return
  const bytes = toJson(presenceRulesShape.parse({ users, profiles }))
  fabric.post.send(subjects.presenceRules(fabric.region, partition, term), bytes)
}
