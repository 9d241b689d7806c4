/** The public names, without a core: every entry shares them. */

export type { Batch, DatasetOptions } from "./data/dataset.js";
export { Dataset } from "./data/dataset.js";
export type { Rows } from "./data/rows.js";
export type { Scaling } from "./data/scaling.js";
export type { StoredWeights } from "./file/small-weights.js";
export type { SaveOptions } from "./file/write-model.js";
export {
  accuracy,
  balancedAccuracy,
  brierScore,
  confusionMatrix,
  fBeta,
  logLoss,
  matthewsCorrelation,
  precisionRecallF1,
  rocAuc,
} from "./ground/classification-metrics.js";
export type { ClassScores, FBeta, FBetaOptions, PrecisionRecallF1 } from "./ground/precision-recall.js";
export type { CalibrationOptions, TopKOptions } from "./ground/probability-metrics.js";
export { calibrationError, topKAccuracy } from "./ground/probability-metrics.js";
export { logCosh, meanAbsoluteError, meanSquaredError, r2, rootMeanSquaredError } from "./ground/regression-metrics.js";
export type { PrecisionRecallCurve, RocCurve } from "./ground/score-curves.js";
export { averagePrecision, precisionRecallCurve, rocCurve } from "./ground/score-curves.js";
export { MLP } from "./model/mlp.js";
export type { Activation, ActivationName, Activations, Output } from "./net/activations.js";
export type { Loss, Normalization } from "./net/design.js";
export type { DropoutRates } from "./net/dropout.js";
export type { Initializer } from "./net/initializers.js";
export type { LayerParameters, LayerParametersLike } from "./net/layer-views.js";
export type { MLPOptions } from "./net/mlp-options.js";
export type { Predictions } from "./net/predict.js";
export type { LabelWeights } from "./table/class-weights.js";
export type { MultiLabelClassifier } from "./table/classifier.js";
export { Classifier } from "./table/classifier.js";
export type { ClassifierOptions, MultiTargetClassifierOptions } from "./table/classifier-options.js";
export type { ClassifierScores } from "./table/classifier-scores.js";
export type { ColumnKind, EncoderOptions, OrderedKind } from "./table/column-options.js";
export type {
  BooleanColumn,
  Column,
  DateColumn,
  IgnoredColumn,
  NumberColumn,
  PresentColumn,
  TextColumn,
} from "./table/columns.js";
export type { CoverageOptions } from "./table/conformal.js";
export type { DecisionOptions } from "./table/costs.js";
export type { DateOrder } from "./table/dates.js";
export type {
  ColumnShare,
  ExplainOptions,
  Explanation,
  LabelExplainOptions,
  LabelExplanation,
} from "./table/explain.js";
export type { Form, OrderedForm } from "./table/forms.js";
export type { ArrowTable, ArrowVector, TableColumns, TableRows } from "./table/given-rows.js";
export type { Calibration, CalibrationScores } from "./table/held-facts.js";
export type { ColumnImportance, ImportanceOptions } from "./table/importance.js";
export type { ClassifierInTurns, MultiLabelInTurns, NetworkInTurns, RegressorInTurns } from "./table/in-turns.js";
export { inTurns } from "./table/in-turns.js";
export type { Label } from "./table/label.js";
export type { MultiLabelScores } from "./table/multi-label-scores.js";
export type { MultiTargetModel } from "./table/multi-target.js";
export type { MultiTargetClassifier, MultiTargetRegressor } from "./table/multi-target-models.js";
export type { PartialFitOptions } from "./table/online-training.js";
export type { MemberEpoch, TableOptions } from "./table/options.js";
export type {
  LabelPartialDependence,
  PartialDependence,
  PartialDependenceOptions,
  PossibleValue,
} from "./table/partial-dependence.js";
export type { Interval, RegressorScores } from "./table/regressor.js";
export { Regressor } from "./table/regressor.js";
export type { MultiTargetRegressorOptions, RegressorOptions } from "./table/regressor-options.js";
export type { ColumnSchema, RowSchema } from "./table/row-schema.js";
export type { EvaluateOptions, Weights } from "./table/row-weights.js";
export type { CrossValidation, CrossValidationOptions, MeanScores } from "./table/score-folds.js";
export type {
  JudgeElsewhere,
  SearchArguments,
  SearchOptions,
  SearchRange,
  SearchResult,
  SearchSpace,
  SearchTrial,
} from "./table/search.js";
export { splitRows } from "./table/split-rows.js";
export type { TableWarning } from "./table/table-warning.js";
export type { RegressorLoss } from "./table/target-loss.js";
export type { TargetEpoch } from "./table/target-options.js";
export type { Transform } from "./table/target-scaler.js";
export type { FitOptions } from "./train/fit-plan.js";
export type {
  OneCycleOptions,
  PiecewiseOptions,
  PolynomialOptions,
  RestartOptions,
} from "./train/further-schedules.js";
export { cosineRestarts, oneCycle, piecewise, polynomialDecay } from "./train/further-schedules.js";
export type {
  ClassificationScores,
  EpochReport,
  History,
  RegressionScores,
  Scores,
} from "./train/history.js";
export type { LbfgsOptions } from "./train/lbfgs.js";
export { lbfgs } from "./train/lbfgs.js";
export type {
  AdagradOptions,
  AdamWOptions,
  LionOptions,
  NadamOptions,
  RmspropOptions,
} from "./train/more-optimizers.js";
export { adagrad, adamw, lion, nadam, rmsprop } from "./train/more-optimizers.js";
export type {
  Adagrad,
  Adam,
  AdamW,
  ClassWeights,
  Lbfgs,
  Lion,
  Nadam,
  Optimizer,
  Rmsprop,
  Sgd,
  TrainerOptions,
} from "./train/optimizer-kinds.js";
export type { AdamOptions, SgdOptions } from "./train/optimizers.js";
export { adam, sgd } from "./train/optimizers.js";
export type { BackwardOptions } from "./train/own-loss.js";
export type {
  CosineOptions,
  DecayOptions,
  LearningRate,
  Schedule,
  ScheduleTime,
  ScheduleUnit,
  WarmupOptions,
} from "./train/schedules.js";
export {
  cosineDecay,
  exponentialDecay,
  inverseTimeDecay,
  stepDecay,
  warmup,
} from "./train/schedules.js";
export type { Trainer } from "./train/trainer.js";
export type { EarlyStopping, Monitor, ReduceOnPlateau, ScoreMonitor } from "./train/watch.js";
