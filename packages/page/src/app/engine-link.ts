/** The page's side of the talk with its engine. */
import type { CallName, Calls, EpochNews, Question, Reply } from "../talk.js";

interface Waiting {
  readonly resolve: (result: never) => void;
  readonly reject: (error: Error) => void;
}

export class EngineLink {
  private readonly waiting = new Map<number, Waiting>();
  private worker: Promise<Worker>;
  private next = 0;
  onEpoch: (news: EpochNews) => void = () => {};

  constructor(private readonly start: () => Promise<Worker>) {
    this.worker = this.begin();
  }

  /** Asks the engine; what it refuses is an error whose message is a sentence for people. */
  ask<N extends CallName>(call: N, ...args: Parameters<Calls[N]>): ReturnType<Calls[N]> {
    const id = this.next++;
    const asked = new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      const question: Question = { id, call, args };
      this.worker.then((worker) => worker.postMessage(question)).catch(reject);
    });
    return asked as ReturnType<Calls[N]>;
  }

  private async begin(): Promise<Worker> {
    const worker = await this.start();
    worker.onmessage = ({ data }: MessageEvent<Reply>) => this.hear(data);
    worker.onerror = (event) => this.fail(event.message || "it was given more than it could hold");
    return worker;
  }

  private hear(reply: Reply): void {
    if ("news" in reply) {
      this.onEpoch(reply.epoch);
      return;
    }
    const { resolve, reject } = this.waiting.get(reply.id)!;
    this.waiting.delete(reply.id);
    if ("refusal" in reply) reject(new Error(reply.refusal));
    else resolve(reply.result as never);
  }

  /** The engine is gone: what waits is told so, and a new one begins. */
  private fail(why: string): void {
    for (const { reject } of this.waiting.values())
      reject(new Error(`The engine ended: ${why}. Open the table again.`));
    this.waiting.clear();
    this.worker.then((worker) => worker.terminate());
    this.worker = this.begin();
  }
}
