/** The script of the page's other thread: it reads, learns and answers, and the page stays free. */
import type { Question, Reply } from "../talk.js";
import { told } from "./sentence.js";
import { Session } from "./session.js";

const { postMessage: post } = self as unknown as { postMessage: (reply: Reply) => void };
const session = new Session((epoch) => post({ news: "epoch", epoch }));

self.onmessage = async ({ data }: MessageEvent<Question>) => {
  const { id, call, args } = data;
  try {
    const answer = session[call] as (...given: readonly unknown[]) => Promise<unknown>;
    post({ id, result: await answer.apply(session, [...args]) });
  } catch (error) {
    post({ id, refusal: told(error as Error) });
  }
};
