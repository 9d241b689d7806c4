/** The public names. */

export type { Batch, DatasetOptions, Scaling } from "./dataset.js";
export { Dataset } from "./dataset.js";
export type { DropoutRates } from "./dropout.js";
export type { EpochReport, FitOptions, History } from "./fit.js";
export type { Initializer } from "./initializers.js";
export { confusionMatrix } from "./metrics.js";
export type { LayerParameters, LayerParametersLike, MLPOptions } from "./mlp.js";
export { MLP } from "./mlp.js";
export type { Activation, Output } from "./network.js";
export type { Adam, AdamOptions, Optimizer, Sgd, SgdOptions } from "./optimizers.js";
export { adam, sgd } from "./optimizers.js";
export type { Predictions } from "./predict.js";
export type { Rows } from "./rows.js";
export type {
  CosineOptions,
  DecayOptions,
  LearningRate,
  Schedule,
  ScheduleTime,
  ScheduleUnit,
  WarmupOptions,
} from "./schedules.js";
export { cosineDecay, exponentialDecay, inverseTimeDecay, stepDecay, warmup } from "./schedules.js";
export type { ClassificationScores, RegressionScores, Scores } from "./scoring.js";
export type { Trainer, TrainerOptions } from "./trainer.js";
export type { EarlyStopping, Monitor, ReduceOnPlateau } from "./watch.js";
