/** What a row of a model is, as a JSON Schema: for a service's doors and its documentation. */
import { show } from "../ground/check.js";
import type { Column } from "./columns.js";

/** A JSON Schema (draft 2020-12) of one row. */
export interface RowSchema {
  readonly $schema: string;
  readonly type: "object";
  readonly description: string;
  readonly properties: Readonly<Record<string, ColumnSchema>>;
  /** All columns that are read if the model is strict. */
  readonly required?: readonly string[];
  readonly additionalProperties: boolean;
  /** A row that has none of the columns is refused. */
  readonly minProperties: 1;
}

/** What a value of a column may be. */
export interface ColumnSchema {
  readonly type: readonly string[];
  readonly description: string;
  readonly examples?: readonly unknown[];
}

/** The schema of rows that `predict` takes. Texts are told no further: which of them are numbers, a schema cannot say. */
export function describeRow(columns: readonly Column[], target: string, strict: boolean): RowSchema {
  const read = columns.filter(({ kind }) => kind !== "ignore");
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    type: "object",
    description: `A row of which ${show(target)} is predicted.`,
    // Not by assignment: a column may be called "__proto__".
    properties: Object.fromEntries(read.map((column) => [column.name, describeColumn(column)])),
    ...(strict && { required: read.map(({ name }) => name) }),
    additionalProperties: !strict,
    minProperties: 1,
  };
}

const MISSING = "null if it is missing.";

function describeColumn(column: Column): ColumnSchema {
  switch (column.kind) {
    case "date":
      return { type: ["string", "null"], description: `A date; ${MISSING}` };
    case "boolean":
      return { type: ["boolean", "string", "null"], description: `True or false; ${MISSING}` };
    case "text": {
      const type = column.textOnly ? ["string", "null"] : ["string", "number", "boolean", "null"];
      return { type, description: `A text; ${MISSING}`, examples: column.categories.slice(0, 10) };
    }
    case "present": {
      const type = [{ number: "number", boolean: "boolean", text: "string" }[column.of], "null"];
      return { type, description: `One value or none; ${MISSING}`, examples: [column.value] };
    }
    default: {
      const form = column.kind === "number" ? column.form : undefined;
      if (form?.type === "ordered") {
        const description = `One of ${form.values.length} values in their order; ${MISSING}`;
        return { type: ["string", "number", "null"], description, examples: form.values.slice(0, 20) };
      }
      return { type: ["number", "string", "null"], description: `A number, also as text; ${MISSING}` };
    }
  }
}
