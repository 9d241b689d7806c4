/**
 * Writes src/exchange/onnx/onnx_pb.ts from onnx.proto beside it, when that changes: what it writes is in git. Its programs are
 * no dependencies; give the folder that they are in, the plugin of the same version as @bufbuild/protobuf here:
 *
 *   npm i --prefix /tmp/buf @bufbuild/buf @bufbuild/protoc-gen-es@2.17.0
 *   npx tsx scripts/generate-onnx.ts /tmp/buf
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

const [folder] = process.argv.slice(2);
if (!folder)
  throw new Error("generate-onnx: the first argument must be a folder with buf in its node_modules, got none.");
const program = (name: string) => resolve(folder, "node_modules/.bin", name);
process.chdir(fileURLToPath(new URL("..", import.meta.url)));

const plugin = { local: [program("protoc-gen-es")], out: ".", opt: ["target=ts", "import_extension=js"] };
const template = JSON.stringify({ version: "v2", plugins: [plugin] });
execFileSync(program("buf"), ["generate", "src/exchange/onnx", "--template", template, "-o", "src/exchange/onnx"]);

const file = "src/exchange/onnx/onnx_pb.ts";
const head = "// Written by scripts/generate-onnx.ts from onnx.proto: change that instead.\n";
writeFileSync(file, head + readFileSync(file, "utf8"));
execFileSync("node_modules/.bin/biome", ["check", "--write", file], { stdio: "inherit" });
