/** The script of the page's other thread: it reads, learns and answers, and the page stays free. */
import { licences } from "licences";
import type { Calls, Question, Reply } from "../talk.js";
import { told } from "./sentence.js";
import { Session } from "./session.js";

const { postMessage: post } = self as unknown as { postMessage: (reply: Reply) => void };

class Engine extends Session implements Calls {
  /** What the page's file has of other people's work. */
  async licences(): Promise<string> {
    return licences;
  }
}

const engine = new Engine((epoch) => post({ news: "epoch", epoch }));

self.onmessage = async ({ data }: MessageEvent<Question>) => {
  const { id, call, args } = data;
  try {
    const answer = engine[call] as (...given: readonly unknown[]) => Promise<unknown>;
    post({ id, result: await answer.apply(engine, [...args]) });
  } catch (error) {
    post({ id, refusal: told(error as Error) });
  }
};
