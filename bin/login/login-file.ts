// One login as it is kept: which client of which issuer, the token that is sent to the machine, and what renews it, in a private
// file. With a keychain the file holds no refresh token.
import { join } from 'node:path';
import { rmSync } from 'node:fs';
import { isRecord } from '../../core/iam/syntax.ts';
import { readPrivateFile, replacePrivateFile } from '../cache/private-file.ts';
import { sha256 } from '../cache/key.ts';

/** What a person chose; `tvm login NAME` alone logs in to the same again. */
export interface LoginChoice {
  readonly issuer: string;
  readonly clientId: string;
  readonly scope: string;
  readonly audience?: string;
  /** Which of the issuer's tokens is sent to the machine. */
  readonly use: 'access' | 'id';
}

/** A login. `id` is new with each `tvm login`, so that nothing kept for the one before is given to this one. */
export interface Login extends LoginChoice {
  readonly version: 1;
  readonly id: string;
  readonly token: string;
  /** Milliseconds since 1970, by the clock of this computer. */
  readonly receivedAt: number;
  readonly expiresAt: number;
  readonly keptIn: 'file' | 'keychain' | 'nowhere';
  /** Only where it is kept in the file. */
  readonly refreshToken?: string;
}

/** What a login may be called. */
export const loginName = /^[A-Za-z0-9][\w.-]{0,63}$/;

/** Under which name its file and its lock stand. */
export function loginKey(name: string): string {
  return sha256(JSON.stringify(['tvm-login-1', name]));
}

/** The login, or undefined where there is none that can be trusted. */
export function readLogin(folder: string, name: string): Login | undefined {
  const text = readPrivateFile(join(folder, `${loginKey(name)}.json`));
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (!isRecord(value) || value['version'] !== 1) return undefined;
    const texts = [value['id'], value['issuer'], value['clientId'], value['scope'], value['token']];
    const times = [value['receivedAt'], value['expiresAt']];
    const whole =
      texts.every((one) => typeof one === 'string') &&
      times.every((one) => Number.isFinite(one)) &&
      ['access', 'id'].includes(String(value['use'])) &&
      ['file', 'keychain', 'nowhere'].includes(String(value['keptIn']));
    return whole ? (value as unknown as Login) : undefined;
  } catch {
    return undefined;
  }
}

/** Puts it in the place of the one before, at once. */
export function writeLogin(folder: string, name: string, login: Login): void {
  replacePrivateFile(folder, loginKey(name), JSON.stringify(login));
}

export function removeLogin(folder: string, name: string): void {
  rmSync(join(folder, `${loginKey(name)}.json`), { force: true });
}
