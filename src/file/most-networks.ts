/** Networks of a model: each takes a WebAssembly instance, of which an engine has room for some thousands. */
export const MOST_NETWORKS = 256;

/** Targets of a model. */
export const MOST_TARGETS = 256;
