/** ZIP archives as tests need them: stored or deflated, and with a size that lies if it is given. */
import { deflateRawSync } from "node:zlib";
import { crc32 } from "../../src/file/crc.js";

export type ZipEntries = Readonly<Record<string, Uint8Array>> | readonly (readonly [string, Uint8Array])[];

export function zip(files: ZipEntries, isDeflated = false, announced?: number): Uint8Array {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  const entries = Array.isArray(files) ? files : Object.entries(files);
  for (const [name, data] of entries as [string, Uint8Array][]) {
    const packed = isDeflated ? deflateRawSync(data) : Buffer.from(data);
    const head = Buffer.alloc(26);
    head.writeUInt16LE(20, 0);
    head.writeUInt16LE(isDeflated ? 8 : 0, 4);
    head.writeUInt32LE(crc32(data), 10);
    head.writeUInt32LE(packed.length, 14);
    head.writeUInt32LE(announced ?? data.length, 18);
    head.writeUInt16LE(Buffer.byteLength(name), 22);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(at, 10);
    const signature = (last: number) => Buffer.from([0x50, 0x4b, ...(last === 1 ? [1, 2, 20, 0] : [3, 4])]);
    const local = Buffer.concat([signature(3), head, Buffer.from(name), packed]);
    locals.push(local);
    directory.push(Buffer.concat([signature(1), head, rest, Buffer.from(name)]));
    at += local.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(
    directory.reduce((sum, { length }) => sum + length, 0),
    12,
  );
  end.writeUInt32LE(at, 16);
  return new Uint8Array(Buffer.concat([...locals, ...directory, end]));
}
