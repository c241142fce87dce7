/**
 * Chat exports and webhooks to explained scores, in the page.
 *
 * @packageDocumentation
 */
export type * from "./answers.js";
export { initIngest, initIngestSync } from "./host.js";
export {
  EventLog,
  exportAuthors,
  featureSchema,
  type AskOptions,
  type EngagementOptions,
  type ExplainOptions,
  type ExportOptions,
  type Instant,
  type LogOptions,
  type MessageFacts,
  type ModelLike,
  type OptimalTimeOptions,
  type ReadOptions,
} from "./log.js";
export { isZip, unzipChat } from "./zip.js";
export { ChatsignalError, ModelError, ModuleError, RequestError, TrapError } from "../errors.js";
export type { ErrorCode } from "../errors.js";
export type { ModuleSource } from "../module.js";
export type { ByteSource } from "../source.js";
