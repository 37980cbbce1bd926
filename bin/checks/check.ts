// What one check of `tvm doctor` says.

/** `hint` stands with everything that is not ok. */
export interface Check {
  readonly name: string;
  readonly status: 'ok' | 'warn' | 'fail';
  readonly detail: string;
  readonly hint?: string;
}

export const ok = (name: string, detail: string): Check => ({ name, status: 'ok', detail });

export const warn = (name: string, detail: string, hint: string): Check => ({ name, status: 'warn', detail, hint });

export const fail = (name: string, detail: string, hint: string): Check => ({ name, status: 'fail', detail, hint });
