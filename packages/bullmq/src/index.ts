/** The package `wasmlp-bullmq`: fits, cross-validations, searches and tasks on many machines, to the same bytes as on one. */
export type { WaitOptions } from "./jobs/asked-jobs.js";
export type { JobQueue, TableKind } from "./jobs/job-queue.js";
export { openQueue, type QueueOptions } from "./jobs/open-queue.js";
export type { RowsReference, TableFile } from "./jobs/table-files.js";
export type { RedisAddress } from "./redis/connect.js";
export type { ReadFiles, Rows } from "./worker/known-rows.js";
export type { Task, TaskJob } from "./worker/own-tasks.js";
export { type RunningWorker, startWorker, type WorkerOptions } from "./worker/start-worker.js";
