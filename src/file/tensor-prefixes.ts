/** Names of tensors in files of several networks. */

/** What the names of a network's tensors begin with: nothing for the first, `member1.` for the one after it. */
export const prefixOf = (member: number) => (member === 0 ? "" : `member${member}.`);

/** What the names of a target's tensors begin with in a file of several. */
export const targetPrefix = (target: number) => `target${target}.`;
