/** Errors that say where. */

/** Gives an error the fields that a program needs to find the cell: the row's number and the column's name. */
export function locate<E extends Error>(error: E, row: number, column: string): E & { row: number; column: string } {
  return Object.assign(error, { row, column });
}
