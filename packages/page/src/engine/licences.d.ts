/** Written by scripts/page.ts: whose work is in the page's file, and on what terms. */
declare module "licences" {
  export const licences: string;
}
