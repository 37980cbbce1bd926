// A credential_process that keeps nothing: what its machine answers is what the SDK gets. For measuring when an SDK comes back;
// `tvm credential-process` has a cache of its own in between.
import { readFileSync } from 'node:fs';

const [url = '', tokenFile = ''] = process.argv.slice(2);
const response = await fetch(`${url}/v1/credentials`, {
  headers: { authorization: readFileSync(tokenFile, 'utf8'), accept: 'application/json' },
});
process.stdout.write(await response.text());
