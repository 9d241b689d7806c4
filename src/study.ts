/** The entry `wasmlp/study`: searches by asking and telling, with a journal that they go on from. */
export { Study } from "./study/ask-tell.js";
export type { GroupResult, ModelStore } from "./study/group-journal.js";
export type { GroupKey } from "./study/group-rows.js";
export type { Journal } from "./study/journal.js";
export { isPruned, type PrunerOptions } from "./study/pruners.js";
export type { Objective, RunningTrial, RunOptions, StudyResult } from "./study/run-study.js";
export type { SettingImportance } from "./study/setting-importance.js";
export type { SearchRange, SettingsOf, StudySpace } from "./study/space.js";
export type { SamplerName, StudyOptions } from "./study/study-options.js";
export { type GroupFitter, type GroupModel, type ManyOptions, type ManyResult, trainMany } from "./study/train-many.js";
export type { AskedTrial, StudyTrial, TrialLimit, TrialOutcome, TrialReport } from "./study/trial.js";
