/** What `saveFile` finds at a path: modes, links, devices, long names, folders that cannot be read. */
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { MLP } from "../../src/index.js";
import { loadFile, saveFile } from "../../src/node.js";

const folder = mkdtempSync(join(tmpdir(), "wasmlp-places-"));
afterAll(() => rmSync(folder, { recursive: true }));

const net = await MLP.create({ layers: [3, 4, 2], seed: 1 });
const leftOver = () => readdirSync(folder).filter((name) => name.endsWith(".tmp"));
const unix = it.skipIf(process.platform === "win32");
const asRoot = it.skipIf(process.getuid?.() !== 0);
const modeOf = (path: string) => (statSync(path).mode & 0o7777).toString(8);

describe("what lies where a model is saved", () => {
  unix("keeps its mode, whatever it is, and is of the default mode where it is new", async () => {
    const path = join(folder, "mode.model");
    writeFileSync(join(folder, "plain"), "");
    await saveFile(path, net);
    expect(modeOf(path)).toBe(modeOf(join(folder, "plain")));
    for (const mode of [0o600, 0o640, 0o666, 0o444]) {
      chmodSync(path, mode);
      await saveFile(path, net);
      expect(modeOf(path)).toBe(mode.toString(8));
    }
  });

  unix("may be a link to what is not there yet, over several links, and in another folder", async () => {
    mkdirSync(join(folder, "volume"));
    symlinkSync("volume/second", join(folder, "first"));
    symlinkSync("../real", join(folder, "volume", "second"));
    await saveFile(join(folder, "first"), net);
    expect(lstatSync(join(folder, "first")).isSymbolicLink()).toBe(true);
    expect(lstatSync(join(folder, "volume", "second")).isSymbolicLink()).toBe(true);
    expect(new Uint8Array(readFileSync(join(folder, "real")))).toEqual(net.save());
    symlinkSync("round", join(folder, "round"));
    await expect(saveFile(join(folder, "round"), net)).rejects.toThrow("ELOOP");
  });

  it("may have a name of 250 characters, or as many bytes in 83", async () => {
    for (const name of ["n".repeat(250), "\u65e5".repeat(83)]) {
      await saveFile(join(folder, name), net);
      expect((await loadFile(join(folder, name), MLP)).save()).toEqual(net.save());
    }
    await expect(saveFile(join(folder, "n".repeat(256)), net)).rejects.toThrow("ENAMETOOLONG");
    expect(leftOver()).toEqual([]);
  });

  unix("is written to where it is a device", async () => {
    await saveFile("/dev/null", net);
    expect(statSync("/dev/null").isCharacterDevice()).toBe(true);
    if (existsSync("/dev/full")) await expect(saveFile("/dev/full", net)).rejects.toThrow("ENOSPC");
    expect(readdirSync("/dev").filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  unix("control: what is merely written and renamed has another mode", () => {
    const path = join(folder, "lost.model");
    writeFileSync(path, "");
    chmodSync(path, 0o600);
    writeFileSync(`${path}.tmp`, net.save());
    renameSync(`${path}.tmp`, path);
    expect(modeOf(path)).not.toBe("600");
  });

  asRoot("stays another's", async () => {
    const path = join(folder, "theirs.model");
    writeFileSync(path, "");
    chownSync(path, 65_534, 65_533);
    chmodSync(path, 0o640);
    await saveFile(path, net);
    expect([statSync(path).uid, statSync(path).gid, modeOf(path)]).toEqual([65_534, 65_533, "640"]);
  });

  asRoot("may be in a folder that can be written and not read", async () => {
    const blind = mkdtempSync(join(tmpdir(), "wasmlp-blind-"));
    chownSync(blind, 65_534, 65_534);
    chmodSync(blind, 0o300);
    process.seteuid?.(65_534);
    try {
      await saveFile(join(blind, "a.model"), net);
    } finally {
      process.seteuid?.(0);
    }
    expect((await loadFile(join(blind, "a.model"), MLP)).save()).toEqual(net.save());
    rmSync(blind, { recursive: true });
  });
});
