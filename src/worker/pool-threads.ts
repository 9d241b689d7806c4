/** A pool of threads: jobs of fits wait for one that has nothing to do, and what begins further jobs is asked for some. */
import { type Jobs, markLost, type Pool, type PoolLane, type ShuffleJob } from "../table/fit-pool.js";
import type { FitJob, FitsThere } from "../table/network-task.js";
import type { EpochReport } from "../train/history.js";
import { type End, scripts, type Told } from "./conversation.js";
import type { Thing } from "./kept-things.js";
import type { Letter } from "./messages.js";
import { letterOfFit, letterOfShuffle, Reports, thingsOf } from "./pool-jobs.js";
import { PoolThread } from "./pool-thread.js";
import { receiveState } from "./receive-state.js";

/** A job that waits or is done. */
interface Job {
  readonly lane: PoolLane;
  readonly things: readonly Thing[];
  readonly letter: Letter;
  readonly told: Told;
  /** Whether its signal has ended it. */
  readonly isAborted: () => boolean;
  readonly abort: () => void;
  readonly resolve: (end: End) => void;
  readonly reject: (error: unknown) => void;
}

/** Further work that may be begun. */
interface Feeder {
  readonly begin: () => PoolLane | undefined;
  readonly isGuess: boolean;
}

/** Milliseconds between two looks at signals: some say nothing by themselves, and engines warn of one that many listen to. */
const LOOK = 5;

export class PoolThreads implements Pool, Jobs, FitsThere {
  private readonly idle: PoolThread[] = [];
  private readonly queue: Job[] = [];
  private readonly running = new Set<Job>();
  /** The last one is asked first: what is part of other work comes before more of that. */
  private readonly feeders: Feeder[] = [];
  /** Lanes that have begun and have asked for no job yet. */
  private readonly starting = new Set<PoolLane>();
  /** Lanes that were begun as guesses and go on. */
  private readonly guesses = new Set<PoolLane>();
  private isFeeding = false;
  private readonly numbers = new WeakMap<Thing, number>();
  private count = 0;
  private timer: ReturnType<typeof setInterval> | undefined;

  constructor(readonly workers: number) {}

  get jobs(): Jobs & FitsThere {
    return this;
  }

  async fit(job: FitJob): Promise<void> {
    const { net, lane, onEpoch, signal } = job;
    const control = new AbortController();
    const abort = () => control.abort();
    const isAborted = () => signal?.aborted === true || lane.isOver;
    const reports = new Reports(onEpoch);
    const tellEpoch = async (report: EpochReport, save: () => Promise<Uint8Array<ArrayBuffer>>) => {
      await reports.tell(report, save);
      if (isAborted()) abort();
    };
    const told = { signal: control.signal, ...(typeof onEpoch === "function" && { onEpoch: tellEpoch }) };
    let end: End | undefined;
    try {
      await net.training.restoreFrom(async (room) => {
        const letter = letterOfFit(job, this.numberOf, isAborted);
        end = await this.run({ lane, things: thingsOf(job), letter, told, isAborted, abort });
        return end.answer.state && receiveState(end.answer.state, room);
      });
    } finally {
      reports.end(end?.answer.checkpoint);
    }
    if (end?.failure) throw end.failure.error;
  }

  async shuffle(job: ShuffleJob): Promise<number> {
    const letter = letterOfShuffle(job, this.numberOf);
    const { lane, table } = job;
    const end = await this.run({ lane, things: [table], letter, told: {}, isAborted: () => false, abort: () => {} });
    if (end.failure) throw end.failure.error;
    return end.answer.score as number;
  }

  feed(begin: () => PoolLane | undefined, isGuess = false): () => void {
    const { feeders } = this;
    const feeder = { begin, isGuess };
    if (isGuess) feeders.unshift(feeder);
    else feeders.push(feeder);
    this.askForMore();
    return () => this.remove(feeder);
  }

  leave(lane: PoolLane): void {
    this.starting.delete(lane);
    this.guesses.delete(lane);
    this.askForMore();
  }

  review(): void {
    for (const job of this.running) if (job.isAborted() || job.lane.isOver) job.abort();
    for (const job of this.queue.filter(({ lane }) => lane.isOver)) {
      this.queue.splice(this.queue.indexOf(job), 1);
      job.reject(notWanted());
    }
  }

  private readonly numberOf = (thing: Thing): number => {
    const { numbers } = this;
    if (!numbers.has(thing)) numbers.set(thing, this.count++);
    return numbers.get(thing) as number;
  };

  private run(job: Omit<Job, "resolve" | "reject">): Promise<End> {
    for (let lane: PoolLane | undefined = job.lane; lane; lane = lane.outer) {
      lane.hasAsked = true;
      this.starting.delete(lane);
    }
    return new Promise((resolve, reject) => {
      if (job.lane.isOver) return reject(notWanted());
      this.queue.push({ ...job, resolve, reject });
      this.goOn();
    });
  }

  /** Gives jobs to threads, and sees to it that there is always one that waits. */
  private goOn(): void {
    const { queue, running, workers } = this;
    while (queue.length > 0 && running.size < workers) {
      const job = queue.shift() as Job;
      running.add(job);
      void this.do(job);
    }
    this.timer ??= setInterval(() => this.review(), LOOK);
    if (running.size === 0) {
      clearInterval(this.timer);
      this.timer = undefined;
    }
    this.askForMore();
  }

  private async do(job: Job): Promise<void> {
    const { letter, things, told } = job;
    try {
      const thread = this.idle.pop() ?? (await this.start(letter.call));
      const isNeeded = (thing: Thing) => [...this.queue, ...this.running].some((other) => other.things.includes(thing));
      try {
        job.resolve(await thread.do(letter, things, told, isNeeded));
      } finally {
        if (!thread.isEnded) this.idle.push(thread);
      }
    } catch (error) {
      job.reject(error);
    } finally {
      this.running.delete(job);
      this.goOn();
    }
  }

  private async start(call: string): Promise<PoolThread> {
    const gone = (thread: PoolThread) => {
      const place = this.idle.indexOf(thread);
      if (place >= 0) this.idle.splice(place, 1);
    };
    try {
      const { workerDeflated } = await scripts();
      return new PoolThread(call, workerDeflated, this.numberOf, gone);
    } catch (error) {
      throw markLost(error);
    }
  }

  private askForMore(): void {
    if (this.isFeeding) return;
    this.isFeeding = true;
    const { feeders, guesses, starting } = this;
    try {
      while (feeders.length > 0) {
        const feeder = feeders[feeders.length - 1];
        if (!this.isRoomFor(feeder)) break;
        const lane = feeder.begin();
        if (!lane) this.remove(feeder);
        else if (!lane.hasAsked) starting.add(lane);
        if (lane && feeder.isGuess) guesses.add(lane);
      }
    } finally {
      this.isFeeding = false;
    }
  }

  /** One job may wait, but no guess: a thread stays free of them for what follows from what is sure. */
  private isRoomFor({ isGuess }: Feeder): boolean {
    const { guesses, queue, running, starting, workers } = this;
    const jobs = queue.length + running.size + starting.size;
    return isGuess ? jobs < workers && guesses.size < workers - 1 : jobs <= workers;
  }

  private remove(feeder: Feeder): void {
    const place = this.feeders.indexOf(feeder);
    if (place >= 0) this.feeders.splice(place, 1);
  }
}

/** Nobody is told of it. */
function notWanted(): Error {
  return new Error("fit: the result must be wanted, got a fit that has ended.");
}
