// Which tenant ids a machine accepts. Names core's closed list of grammars; regular expressions are not among them.
import type { TenantIdGrammar } from '../core/index.ts';

/** Bounds of a tenant id, characters. */
export interface TenantIdLength {
  /**
   * The shortest tenant id.
   * @default 1
   */
  readonly minLength?: number;
  /**
   * The longest tenant id; shorter ones leave more room for the session policy.
   * @default 63
   */
  readonly maxLength?: number;
}

/** The grammar of tenant ids. */
export class TenantIdFormat {
  /** The form it has in the configuration document. */
  readonly grammar: Partial<TenantIdGrammar>;

  private constructor(grammar: Partial<TenantIdGrammar>) {
    this.grammar = grammar;
  }

  /** Letters, digits, `_`, `.` and `-`. */
  static standard(length: TenantIdLength = {}): TenantIdFormat {
    return new TenantIdFormat({ ...length, pattern: 'default' });
  }

  /** UUIDs in their 36 character form. */
  static uuid(): TenantIdFormat {
    return new TenantIdFormat({ pattern: 'uuid' });
  }

  /** ULIDs in upper case. */
  static ulid(): TenantIdFormat {
    return new TenantIdFormat({ pattern: 'ulid' });
  }

  /** Exactly these characters, each written out, out of `A-Z a-z 0-9 _ . + = -`. */
  static characters(characters: string, length: TenantIdLength = {}): TenantIdFormat {
    return new TenantIdFormat({ ...length, pattern: { characters } });
  }
}
