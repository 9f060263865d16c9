/** For Node alone: what a browser's bundle must not try to resolve. */
export { FileStore } from './store/file.ts'
