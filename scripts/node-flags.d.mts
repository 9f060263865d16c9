export declare const nodeFlags: (cores: number) => readonly string[]
export declare const NODE_FLAGS: readonly string[]
