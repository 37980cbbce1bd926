// How local AWS says no: one error with AWS's own code, HTTP status and text. Each service writes it in its own dialect
// (XML or JSON); a refusal never carries a secret, a signature or another caller's data.

/** A request that local AWS refuses. `code` is AWS's error code exactly as it stands on the wire. */
export class AwsRefusal extends Error {
  override readonly name = 'AwsRefusal';
  readonly code: string;
  readonly status: number;

  constructor(code: string, status: number, message: string) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** What local AWS does not do is refused loudly: a request half understood would be allowed for the wrong reason. */
export function notImplemented(what: string): AwsRefusal {
  return new AwsRefusal('NotImplemented', 501, `Local AWS does not implement ${what}.`);
}

/** An HTTP answer, complete. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}
