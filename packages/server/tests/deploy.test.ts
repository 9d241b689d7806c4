/** What is deployed: the package from its tarball beside the library's, the container's file, the example for Kubernetes. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MLP } from "wasmlp";
import { parseAllDocuments } from "yaml";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../../", import.meta.url));
const own = fileURLToPath(new URL("../", import.meta.url));
const manifest = JSON.parse(readFileSync(join(own, "package.json"), "utf8"));

describe("the package", () => {
  let folder: string;

  /** Packs a folder, and puts what is in the tarball where npm would. */
  async function install(source: string, name: string): Promise<void> {
    const { stdout } = await run("npm", ["pack", source, "--ignore-scripts", "--loglevel=error"], { cwd: folder });
    const place = join(folder, "node_modules", name);
    mkdirSync(place, { recursive: true });
    await run("tar", ["-xzf", join(folder, stdout.trim()), "-C", place, "--strip-components=1"]);
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "wasmlp-packed-"));
    writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }');
    await install(root, "wasmlp");
    await install(own, "wasmlp-server");
    // What it depends on by its own word, and nothing else; without a network.
    const require = createRequire(join(own, "package.json"));
    for (const name of Object.keys(manifest.dependencies)) {
      const place = join(folder, "node_modules", name);
      mkdirSync(dirname(place), { recursive: true });
      const [found] = (require.resolve.paths(name) ?? []).map((path) => join(path, name)).filter(existsSync);
      symlinkSync(found, place);
    }
    writeFileSync(join(folder, "net.model"), (await MLP.create({ layers: [2, 2], seed: 1 })).save());
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("serves from its tarball, in an empty folder beside the library's", async () => {
    const program = `
      import { start } from "wasmlp-server";
      const server = await start({ models: "net.model", port: 0 });
      const headers = { "content-type": "application/json" };
      const answer = await fetch(server.url + "/predict", { method: "POST", headers, body: "[1,2]" });
      console.log(await answer.text());
      await server.close();
    `;
    const { stdout, stderr } = await run(process.execPath, ["--input-type=module", "-e", program], { cwd: folder });
    expect([stderr, Object.keys(JSON.parse(stdout))]).toEqual(["", ["class", "probabilities"]]);
  });

  it("has its command, its types and its papers", async () => {
    const place = join(folder, "node_modules/wasmlp-server");
    for (const file of ["README.md", "LICENSE", "Containerfile", "kubernetes.yaml", "dist/index.d.ts"]) {
      expect(existsSync(join(place, file)), file).toBe(true);
    }
    const child = spawn(process.execPath, [join(place, manifest.bin["wasmlp-server"]), "--help"]);
    const [said, [code]] = await Promise.all([text(child.stdout), once(child, "exit")]);
    expect([said.slice(0, 21), code]).toEqual(["Usage: wasmlp-server ", 0]);
    expect(readFileSync(join(place, manifest.bin["wasmlp-server"]), "utf8")).toMatch(/^#!\/usr\/bin\/env node\n/);
  });

  it("imports the library by its public names alone", () => {
    const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    const names = Object.keys(exports).map((path) => path.replace(".", "wasmlp"));
    const code = readFileSync(join(own, "src/models/loaded-model.ts"), "utf8");
    for (const [, name] of code.matchAll(/from "(wasmlp[^"]*)"/g)) expect(names).toContain(name);
  });
});

describe("the container's file", () => {
  it("needs npm alone, is nobody's root, and runs the command that is packed", () => {
    const file = readFileSync(join(own, "Containerfile"), "utf8");
    expect([...file.matchAll(/^RUN (\S+)/gm)].map(([, program]) => program)).toEqual(["npm"]);
    expect(file).toMatch(/^USER node$/m);
    const [, entry] = /^ENTRYPOINT (\[.*\])$/m.exec(file)!;
    const [program, path, ...options] = JSON.parse(entry);
    expect([program, path]).toEqual([
      "node",
      `node_modules/wasmlp-server/${manifest.bin["wasmlp-server"].replace("./", "")}`,
    ]);
    expect(options).toEqual(["--host", "0.0.0.0"]);
  });
});

describe("the example for Kubernetes", () => {
  const documents = parseAllDocuments(readFileSync(join(own, "kubernetes.yaml"), "utf8"));
  const [deployment, service] = documents.map((document) => document.toJS());

  it("is YAML without a fault, and its parts fit each other", () => {
    expect(documents.flatMap(({ errors, warnings }) => [...errors, ...warnings])).toEqual([]);
    expect([deployment.apiVersion, deployment.kind]).toEqual(["apps/v1", "Deployment"]);
    expect([service.apiVersion, service.kind]).toEqual(["v1", "Service"]);
    const { spec, metadata } = deployment.spec.template;
    expect(deployment.spec.selector.matchLabels).toEqual(metadata.labels);
    expect(service.spec.selector).toEqual(metadata.labels);
    const [container] = spec.containers;
    const ports = container.ports.map(({ name }: { name: string }) => name);
    expect(ports).toContain(service.spec.ports[0].targetPort);
    const mounted = container.volumeMounts.map(({ name }: { name: string }) => name);
    expect(spec.volumes.map(({ name }: { name: string }) => name)).toEqual(mounted);
    expect(container.args).toContain(container.volumeMounts[0].mountPath);
  });

  it("is what the schemas of Kubernetes' own API take", async () => {
    const { Deployment } = await import("kubernetes-models/apps/v1");
    const { Service } = await import("kubernetes-models/v1");
    expect(() => new Deployment(deployment).validate()).not.toThrow();
    expect(() => new Service(service).validate()).not.toThrow();
    // Control: faults of type, of what must be there, of what may stand there.
    const faulty = (change: (container: Record<string, never>, spec: Record<string, never>) => void) => {
      const copy = structuredClone(deployment);
      change(copy.spec.template.spec.containers[0], copy.spec);
      return () => new Deployment(copy).validate();
    };
    expect(faulty(({ livenessProbe }) => Object.assign(livenessProbe, { periodSeconds: "ten" }))).toThrow(
      "periodSeconds",
    );
    expect(faulty((_, spec) => Reflect.deleteProperty(spec, "selector"))).toThrow("selector");
    expect(faulty(({ ports }) => Object.assign(ports[0], { containerPort: "http" }))).toThrow("containerPort");
  });

  it("asks the routes of health, and leaves time to drain", () => {
    const { spec } = deployment.spec.template;
    const [{ livenessProbe, readinessProbe, args, ports }] = spec.containers;
    expect(livenessProbe.httpGet).toEqual({ path: "/v2/health/live", port: ports[0].name });
    expect(readinessProbe.httpGet).toEqual({ path: "/v2/health/ready", port: ports[0].name });
    const seconds = (name: string) => Number(args[args.indexOf(name) + 1]);
    expect(spec.terminationGracePeriodSeconds).toBeGreaterThan(seconds("--drain") + seconds("--limit"));
    expect(readinessProbe.periodSeconds * readinessProbe.failureThreshold).toBeLessThan(seconds("--drain"));
  });
});
