/** What `import module from "./core.wasm"` gives where the platform compiles it. */
declare const module: WebAssembly.Module;
export default module;
