/** The public names, without a core: every entry shares them. */

export type { ClassifierOptions, ClassifierScores } from "./classifier.js";
export { Classifier } from "./classifier.js";
export type { BooleanColumn, ColumnKind, IgnoredColumn, NumberColumn, TextColumn } from "./columns.js";
export type { Batch, DatasetOptions, Scaling } from "./dataset.js";
export { Dataset } from "./dataset.js";
export type { DropoutRates } from "./dropout.js";
export type { Column, EncoderOptions } from "./encoder.js";
export type { EpochReport, FitOptions, History } from "./fit.js";
export type { TableOptions } from "./fit-table.js";
export type { ColumnImportance, ImportanceOptions } from "./importance.js";
export type { Initializer } from "./initializers.js";
export type { Label } from "./labels.js";
export type { LayerParameters, LayerParametersLike } from "./layers.js";
export type { ClassScores, PrecisionRecallF1 } from "./metrics.js";
export {
  accuracy,
  balancedAccuracy,
  brierScore,
  confusionMatrix,
  logLoss,
  meanAbsoluteError,
  meanSquaredError,
  precisionRecallF1,
  r2,
  rocAuc,
} from "./metrics.js";
export type { MLPOptions, SaveOptions } from "./mlp.js";
export { MLP } from "./mlp.js";
export type { Activation, Activations, Output } from "./network.js";
export type { Adam, AdamOptions, Optimizer, Sgd, SgdOptions } from "./optimizers.js";
export { adam, sgd } from "./optimizers.js";
export type { Predictions } from "./predict.js";
export type { RegressorOptions, RegressorScores } from "./regressor.js";
export { Regressor } from "./regressor.js";
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
export type {
  CrossValidation,
  CrossValidationOptions,
  MeanScores,
  Range,
  SearchOptions,
  SearchResult,
  SearchSpace,
  Trial,
} from "./selection.js";
export { splitRows } from "./splits.js";
export type { PartialFitOptions } from "./table.js";
export type { Trainer, TrainerOptions } from "./trainer.js";
export type { EarlyStopping, Monitor, ReduceOnPlateau } from "./watch.js";
