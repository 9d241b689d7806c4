/** What is refused at the door: one sentence, which never holds a password. */
import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { openQueue, startWorker } from "../src/index.js";
import { hasRedis, TestRedis } from "./redis-server.js";

const messageOf = (promise: Promise<unknown>) =>
  promise.then(
    () => "no error",
    ({ message }: Error) => message,
  );

describe("the doors of a queue", () => {
  it("refuse options that are none", async () => {
    const redis = "redis://127.0.0.1:1";
    for (const [options, message] of [
      [{}, "openQueue: redis must be redis://HOST:PORT, or options of ioredis, got undefined."],
      [
        { redis: "localhost:6379" },
        "openQueue: redis must be redis://HOST:PORT, or options of ioredis, got another text. What is neither letter nor digit in a password is written as encodeURIComponent does.",
      ],
      [
        { redis: "http://:secret@h" },
        "openQueue: redis must be redis://HOST:PORT, or options of ioredis, got another text. What is neither letter nor digit in a password is written as encodeURIComponent does.",
      ],
      [{ redis: "redis://h/name" }, 'openQueue: redis must name its database by a number, got "name".'],
      [{ redis, queues: "a" }, 'openQueue: the options must be among redis, queue, keep, onWarning, got "queues".'],
      [{ redis, queue: "a:b" }, 'openQueue: queue must be a name of letters, digits, _, - and ., got "a:b".'],
      [{ redis, keep: 5 }, "openQueue: keep must be a whole number of seconds >= 60, got 5."],
      [{ redis, onWarning: 1 }, "openQueue: onWarning must be a function, got number."],
    ] as const) {
      expect(await messageOf(openQueue(options as never))).toBe(message);
    }
    for (const [options, message] of [
      [{ workers: 0 }, "startWorker: workers must be a whole number from 1 to 1024, got 0."],
      [{ lock: 0.5 }, "startWorker: lock must be a whole number from 1 to 3600, got 0.5."],
      [{ tasks: { a: 1 } }, "startWorker: a must be a function, got number."],
      [{ tasks: { fit: () => 1 } }, "startWorker: tasks must have other names than fit and crossValidate, got fit."],
      [{ folder: 1 }, "startWorker: folder must be a path, got number."],
      [{ tasks: null }, "startWorker: tasks must be an object of functions, got null."],
      [{ pool: 1 }, /^startWorker: the options must be among redis, queue, .*, got "pool"\.$/],
    ] as const) {
      expect(await messageOf(startWorker({ redis, ...options } as never))).toMatch(message);
    }
  });

  it("say where nobody answers, and that it is no Redis", async () => {
    const message =
      "openQueue: Redis must answer at 127.0.0.1:1, got ECONNREFUSED. Start it there, or pass its address.";
    expect(await messageOf(openQueue({ redis: "redis://:secret@127.0.0.1:1" }))).toBe(message);
    expect(await messageOf(startWorker({ redis: { host: "127.0.0.1", port: 1 } }))).toBe(
      message.replace("openQueue", "startWorker"),
    );
    const server = createServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as { port: number };
    expect(await messageOf(openQueue({ redis: `redis://127.0.0.1:${port}` }))).toMatch(
      /^openQueue: Redis must answer at 127\.0\.0\.1:\d+, got .*\. Start it there, or pass its address\.$/,
    );
    server.close();
  });

  it.skipIf(!hasRedis)("say what is wrong with a password, without it", async () => {
    const redis = await TestRedis.start("open sesame");
    const { port } = redis;
    const wrong = await messageOf(openQueue({ redis: `redis://:secret@127.0.0.1:${port}` }));
    expect(wrong).toBe(
      `openQueue: Redis at 127.0.0.1:${port} must be given its password, got one that it does not know. Pass redis://:PASSWORD@127.0.0.1:${port}, or redis://USER:PASSWORD@127.0.0.1:${port}.`,
    );
    expect(await messageOf(openQueue({ redis: `redis://127.0.0.1:${port}` }))).toContain(
      "must be given its password, got none.",
    );
    const queue = await openQueue({ redis: `redis://:open%20sesame@127.0.0.1:${port}` });
    await queue.close();
    const none = await messageOf(openQueue({ redis: `redis://:open%20sesame@127.0.0.1:${port}/99` }));
    expect(none).toContain(`openQueue: Redis at 127.0.0.1:${port} must have the database, got`);
    await redis.stop();
  });
});
