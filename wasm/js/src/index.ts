/**
 * Explained lead, churn and engagement scores, in the browser, in Node and at the edge.
 *
 * @packageDocumentation
 */
export {
  Advisor,
  type Change,
  type Counterfactual,
  type HourPlan,
  type Interactions,
  type Reason,
  type SendQuestion,
  type SendTimePlan,
  type Slot,
} from "./advisor.js";
export type { Block } from "./catalogue.js";
export {
  ChatsignalError,
  FeatureError,
  ModelError,
  ModuleError,
  RequestError,
  TrapError,
  type ErrorCode,
} from "./errors.js";
export type { Feature, FeatureAction, FeatureRecord } from "./features.js";
export { init, initAdvice, initAdviceSync, initSync } from "./hosts.js";
export {
  loadModel,
  loadModelSync,
  Model,
  type AnyModel,
  type Explanations,
  type Interval,
  type ScoreOptions,
} from "./model.js";
export type { ModuleSource } from "./module.js";
export type {
  ChurnScore,
  ContributionSpace,
  CustomScore,
  EngagementLevel,
  EngagementScore,
  Explanation,
  Factor,
  LeadScore,
  LevelOf,
  ModelKind,
  ModelState,
  RiskLevel,
  Score,
  ScoreOf,
  Tier,
} from "./results.js";
export type { ByteSource } from "./source.js";
