/** MLflow's scoring protocol, which SageMaker and Azure call: rows in, predictions alone out. */
import { parse } from "csv-parse/sync";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { listOf } from "../answers/answer-rows.js";
import type { Answering } from "../answers/answering.js";
import { isRecord, Refusal, shown } from "../ground/refusal.js";
import { andThen } from "../ground/turns.js";
import { answerBy, type Context, checkCount, sendJson } from "./context.js";

const WAYS = ["dataframe_records", "dataframe_split", "instances", "inputs"] as const;

function listIn(name: string, value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new Refusal(400, `${name} must be a list, got ${shown(value)}.`);
}

/** Rows of names and lists of values. */
function split(given: unknown): unknown[] {
  const { columns, data } = isRecord(given) ? given : {};
  const names = listIn("columns of dataframe_split", columns);
  if (!names.every((name) => typeof name === "string"))
    throw new Refusal(400, "columns of dataframe_split must be texts, got others.");
  return listIn("data of dataframe_split", data).map((values, r) => {
    if (!Array.isArray(values) || values.length !== names.length) {
      throw new Refusal(
        400,
        `data of dataframe_split must hold lists of ${names.length} values, got ${shown(values)} at row ${r}.`,
      );
    }
    return Object.fromEntries(names.map((name, c) => [name, values[c]]));
  });
}

/** Rows of columns by name. */
function byColumn(columns: Record<string, unknown>): unknown[] {
  const lists = Object.entries(columns).map(
    ([name, values]) => [name, listIn(`inputs of ${shown(name)}`, values)] as const,
  );
  const rows = lists[0]?.[1].length ?? 0;
  const odd = lists.find(([, values]) => values.length !== rows);
  if (odd)
    throw new Refusal(
      400,
      `inputs must have one number of rows, got ${rows} and ${odd[1].length} in ${shown(odd[0])}.`,
    );
  return Array.from({ length: rows }, (_, r) => Object.fromEntries(lists.map(([name, values]) => [name, values[r]])));
}

function rowsOf(body: unknown): readonly unknown[] {
  if (typeof body === "string") return readCsv(body);
  const given = isRecord(body) ? WAYS.filter((way) => Object.hasOwn(body, way)) : [];
  if (given.length !== 1 || !isRecord(body)) {
    throw new Refusal(
      400,
      `a request must have one of ${WAYS.join(", ")}, got ${given.length > 0 ? given.join(", ") : shown(body)}.`,
    );
  }
  const [way] = given;
  const value = body[way];
  if (way === "dataframe_split") return split(value);
  return way !== "dataframe_records" && isRecord(value) ? byColumn(value) : listIn(way, value);
}

/** Rows of CSV with a header; empty values are missing ones. */
function readCsv(text: string): readonly unknown[] {
  try {
    return parse(text, { columns: (names: string[]) => names, bom: true, skip_empty_lines: true });
  } catch (error) {
    throw new Refusal(400, `the body must be CSV with a header: ${(error as Error).message}.`);
  }
}

function predictions(context: Context, answering: Answering, body: unknown): string | Promise<string> {
  const rows = rowsOf(body);
  checkCount(context, rows.length);
  return andThen(listOf(answering, rows, "prediction"), (list) => `{"predictions":[${list}]}`);
}

const SCHEMA = {
  tags: ["MLflow"],
  summary: "Predicts rows as MLflow sends them",
  consumes: ["application/json", "text/csv"],
  body: { type: "object", properties: Object.fromEntries(WAYS.map((way) => [way, {}])) },
};

/** `POST /invocations`, of the only model, and `POST /models/NAME/invocations`. */
export function mlflowRoutes(app: FastifyInstance, context: Context): void {
  const handler = (request: FastifyRequest, reply: FastifyReply) => {
    sendJson(reply, "");
    return answerBy(context, request, ({ answering }) => predictions(context, answering, request.body));
  };
  for (const path of ["/invocations", "/models/:name/invocations"]) {
    app.post(path, { schema: SCHEMA }, handler as (request: FastifyRequest, reply: FastifyReply) => Promise<string>);
  }
}
