export function sha256(path: string): Promise<string>
export function unzip(archive: Buffer, wanted: (name: string) => boolean): Buffer
