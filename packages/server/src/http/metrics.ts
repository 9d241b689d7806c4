/** Metrics in Prometheus' format, by the names that MLServer gives them. */
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from "fastify";
import { collectDefaultMetrics, Gauge, Registry } from "prom-client";
import type { LoadedModel } from "../models/loaded-model.js";
import type { Repository } from "../models/repository.js";
import { type Count, counter, type Duration, histogram } from "./tallies.js";

/** What is counted of a model. */
interface ModelCounts {
  readonly success: Count;
  readonly failure: Count;
  readonly duration: Duration;
}

/** Counts of one server. */
export class Metrics {
  readonly registry = new Registry();
  private readonly success: (labels: Record<string, string>) => Count;
  private readonly failure: (labels: Record<string, string>) => Count;
  private readonly duration: (labels: Record<string, string>) => Duration;
  private readonly requests: (labels: Record<string, string | number>) => Count;
  private readonly seconds: (labels: Record<string, string>) => Duration;
  /** By name, then by version. */
  private readonly models = new Map<string, Map<string, ModelCounts>>();
  private inProgress = 0;

  constructor(repository: Repository) {
    const { registry } = this;
    const gauge = (name: string, help: string, read: () => number) =>
      new Gauge({
        name,
        help,
        registers: [registry],
        collect() {
          this.set(read());
        },
      });
    this.success = counter(registry, "model_infer_request_success_total", "Requests that a model answered");
    this.failure = counter(registry, "model_infer_request_failure_total", "Requests that a model refused");
    this.duration = histogram(
      registry,
      "model_infer_request_duration",
      "Seconds from a request to a model until its answer, with the turns of others in between",
    );
    this.requests = counter(registry, "rest_server_requests_total", "Requests, by route and status");
    this.seconds = histogram(registry, "rest_server_request_duration_seconds", "Seconds of a request, by route");
    gauge("rest_server_requests_in_progress", "Requests that are being answered", () => this.inProgress);
    gauge("wasmlp_models_loaded", "Models in memory", () => repository.usage.models);
    gauge("wasmlp_models_bytes", "Bytes that models in memory take, about", () => repository.usage.bytes);
    collectDefaultMetrics({ register: registry });
  }

  /** Has a model answer, at once or in turns, and counts it. */
  infer<T>(loaded: LoadedModel, answer: (loaded: LoadedModel) => T | Promise<T>): T | Promise<T> {
    const began = performance.now();
    const { success, failure, duration } = this.countsOf(loaded);
    const end = (count: Count) => {
      count.value++;
      duration.add((performance.now() - began) / 1000);
    };
    const refuse = (error: unknown): never => {
      end(failure);
      throw error;
    };
    let given: T | Promise<T>;
    try {
      given = answer(loaded);
    } catch (error) {
      return refuse(error);
    }
    if (given instanceof Promise) {
      return given.then((value) => {
        end(success);
        return value;
      }, refuse);
    }
    end(success);
    return given;
  }

  private countsOf({ name, version = "" }: LoadedModel): ModelCounts {
    let versions = this.models.get(name);
    if (versions === undefined) {
      versions = new Map();
      this.models.set(name, versions);
    }
    let counts = versions.get(version);
    if (counts === undefined) {
      const labels = { model: name, version };
      counts = { success: this.success(labels), failure: this.failure(labels), duration: this.duration(labels) };
      versions.set(version, counts);
    }
    return counts;
  }

  /** Counts the requests of routes that are added from now on. */
  watch(app: FastifyInstance): void {
    app.addHook("onRequest", (_request: FastifyRequest, { raw }: FastifyReply, done) => {
      this.inProgress++;
      // Of senders that go away, too.
      raw.on("close", this.leave);
      done();
    });
    app.addHook("onRoute", (route) => this.watchRoute(route));
  }

  private readonly leave = () => {
    this.inProgress--;
  };

  /** A hook of its own: which route a request took is then known without asking. */
  private watchRoute(route: RouteOptions): void {
    const labels = { method: String(route.method), path: route.url };
    const seconds = this.seconds(labels);
    const byStatus = new Map<number, Count>();
    const count = (_request: FastifyRequest, { statusCode, elapsedTime }: FastifyReply, done: () => void) => {
      let own = byStatus.get(statusCode);
      if (own === undefined) {
        own = this.requests({ ...labels, status_code: statusCode });
        byStatus.set(statusCode, own);
      }
      own.value++;
      seconds.add(elapsedTime / 1000);
      done();
    };
    route.onResponse = [route.onResponse ?? [], count].flat();
  }
}
