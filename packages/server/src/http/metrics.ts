/** Metrics in Prometheus' format, by the names that MLServer gives them. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { LoadedModel } from "../models/loaded-model.js";
import type { Repository } from "../models/repository.js";

/** Seconds. */
const BUCKETS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1];

/** Counts of one server. */
export class Metrics {
  readonly registry = new Registry();
  private readonly success: Counter;
  private readonly failure: Counter;
  private readonly duration: Histogram;
  private readonly requests: Counter;
  private readonly seconds: Histogram;
  private inProgress = 0;

  constructor(repository: Repository) {
    const registers = [this.registry];
    const counter = (name: string, help: string, labelNames: string[]) =>
      new Counter({ name, help, labelNames, registers });
    const histogram = (name: string, help: string, labelNames: string[]) =>
      new Histogram({ name, help, labelNames, registers, buckets: BUCKETS });
    const gauge = (name: string, help: string, read: () => number) =>
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read());
        },
      });
    const model = ["model", "version"];
    this.success = counter("model_infer_request_success_total", "Requests that a model answered", model);
    this.failure = counter("model_infer_request_failure_total", "Requests that a model refused", model);
    this.duration = histogram("model_infer_request_duration", "Seconds that a model took to answer a request", model);
    this.requests = counter("rest_server_requests_total", "Requests, by route and status", [
      "method",
      "path",
      "status_code",
    ]);
    this.seconds = histogram("rest_server_request_duration_seconds", "Seconds of a request, by route", [
      "method",
      "path",
    ]);
    gauge("rest_server_requests_in_progress", "Requests that are being answered", () => this.inProgress);
    gauge("wasmlp_models_loaded", "Models in memory", () => repository.usage.models);
    gauge("wasmlp_models_bytes", "Bytes that models in memory take, about", () => repository.usage.bytes);
    collectDefaultMetrics({ register: this.registry });
  }

  /** Has a model answer, and counts it. */
  infer<T>({ name, version = "" }: LoadedModel, answer: () => T): T {
    const from = performance.now();
    const labels = { model: name, version };
    try {
      const given = answer();
      this.success.inc(labels);
      return given;
    } catch (error) {
      this.failure.inc(labels);
      throw error;
    } finally {
      this.duration.observe(labels, (performance.now() - from) / 1000);
    }
  }

  /** Counts the requests of an app. */
  watch(app: FastifyInstance): void {
    app.addHook("onRequest", (_request: FastifyRequest, { raw }: FastifyReply, done) => {
      this.inProgress++;
      // Of senders that go away, too.
      raw.once("close", this.leave);
      done();
    });
    app.addHook("onResponse", (request, reply, done) => {
      this.count(request, reply);
      done();
    });
  }

  private readonly leave = () => {
    this.inProgress--;
  };

  private count({ method, routeOptions }: FastifyRequest, reply: FastifyReply): void {
    const path = routeOptions.url ?? "";
    this.requests.inc({ method, path, status_code: reply.statusCode });
    this.seconds.observe({ method, path }, reply.elapsedTime / 1000);
  }
}
