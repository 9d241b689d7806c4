/** Both modules in one, from which exports of a model take the kernels that they need (src/exchange/standalone). */
export * from "./index";
export * from "./extra";
