// CloudFormation's intrinsic functions over the stacks of one app. Resolves what it knows exactly and refuses the rest:
// a guessed ARN in a policy would make local decisions differ from AWS's.
// @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
import type { TemplateResource, TemplateStack } from './load-assembly.ts';
import { localPlace } from './place.ts';
import { isRecord } from '../../core/iam/syntax.ts';
import { refuseAt, type Location } from './refuse.ts';
import { identify, namePropertyOf, type ResourceIdentity } from './resource-names.ts';

const pseudoParameters: Readonly<Record<string, string>> = {
  'AWS::Partition': localPlace.partition,
  'AWS::AccountId': localPlace.accountId,
  'AWS::Region': localPlace.region,
  'AWS::URLSuffix': localPlace.urlSuffix,
};

/** A member of a list or object that `AWS::NoValue` removes. */
const noValue = Symbol('AWS::NoValue');

/** Resolves values of the app's templates. */
export class Intrinsics {
  readonly #stacks: readonly TemplateStack[];
  readonly #identities = new Map<string, ResourceIdentity | undefined>();
  /** What is being resolved, so that a circle ends in an error and not in an endless loop. */
  readonly #open = new Set<string>();

  constructor(stacks: readonly TemplateStack[]) {
    this.#stacks = stacks;
  }

  /** The value with every intrinsic replaced; undefined where it is `AWS::NoValue`. Throws TvmError `misconfigured`. */
  resolve(value: unknown, stack: TemplateStack, logicalId: string): unknown {
    const resolved = this.#resolve(value, stack, { stack: stack.name, logicalId });
    return resolved === noValue ? undefined : resolved;
  }

  /** The identity of a resource. Throws where its type has none that is known. */
  identityOf(stack: TemplateStack, logicalId: string): ResourceIdentity {
    const location = { stack: stack.name, logicalId };
    const resource = stack.resources.get(logicalId);
    if (resource === undefined) throw refuseAt(location, 'there is no such resource');
    const identity = this.#identify(stack, logicalId, resource);
    if (identity === undefined) throw refuseAt(location, `the names of ${resource.type} are not known in local mode`);
    return identity;
  }

  /** Whether the resource exists: true without a condition. */
  exists(stack: TemplateStack, logicalId: string): boolean {
    const condition = stack.resources.get(logicalId)?.condition;
    return condition === undefined || this.#condition(condition, stack, { stack: stack.name, logicalId });
  }

  #identify(stack: TemplateStack, logicalId: string, resource: TemplateResource): ResourceIdentity | undefined {
    const key = `${stack.name}/${logicalId}`;
    if (this.#identities.has(key)) return this.#identities.get(key);
    const text = (property: string | undefined): string | undefined => {
      const value = property === undefined ? undefined : resource.properties[property];
      const resolved = value === undefined ? undefined : this.resolve(value, stack, logicalId);
      return typeof resolved === 'string' ? resolved : undefined;
    };
    const name = this.#guard(key, { stack: stack.name, logicalId }, () => text(namePropertyOf(resource.type)));
    const identity = identify(resource.type, stack.name, logicalId, name, text('Path') ?? '/');
    this.#identities.set(key, identity);
    return identity;
  }

  #resolve(value: unknown, stack: TemplateStack, at: Location): unknown {
    if (Array.isArray(value)) {
      return value.map((item) => this.#resolve(item, stack, at)).filter((item) => item !== noValue);
    }
    if (!isRecord(value)) return value;
    const [[name, argument] = ['', undefined], ...others] = Object.entries(value);
    if (others.length === 0 && (name === 'Ref' || name.startsWith('Fn::')))
      return this.#call(name, argument, stack, at);
    const members = Object.entries(value).map(([key, member]) => [key, this.#resolve(member, stack, at)] as const);
    return Object.fromEntries(members.filter(([, member]) => member !== noValue));
  }

  #call(name: string, argument: unknown, stack: TemplateStack, at: Location): unknown {
    switch (name) {
      case 'Ref':
        return this.#ref(this.#text(argument, name, stack, at), stack, at);
      case 'Fn::GetAtt':
        return this.#getAtt(argument, stack, at);
      case 'Fn::Join': {
        const [delimiter, items] = this.#list(argument, name, stack, at);
        if (typeof delimiter !== 'string' || !Array.isArray(items)) throw refuseAt(at, 'Fn::Join is malformed');
        return items.map((item) => this.#scalar(item, name, at)).join(delimiter);
      }
      case 'Fn::Sub':
        return this.#sub(argument, stack, at);
      case 'Fn::Select': {
        const [index, items] = this.#list(argument, name, stack, at);
        const item: unknown = Array.isArray(items) ? items[Number(index)] : undefined;
        if (item === undefined) throw refuseAt(at, `Fn::Select has no item ${String(index)}`);
        return item;
      }
      case 'Fn::Split': {
        const [delimiter, text] = this.#list(argument, name, stack, at);
        if (typeof delimiter !== 'string' || typeof text !== 'string') throw refuseAt(at, 'Fn::Split is malformed');
        return text.split(delimiter);
      }
      case 'Fn::ImportValue':
        return this.#import(this.#text(argument, name, stack, at), at);
      case 'Fn::GetStackOutput':
        return this.#stackOutput(this.#resolve(argument, stack, at), at);
      case 'Fn::If': {
        const [condition, whenTrue, whenFalse] = Array.isArray(argument) ? (argument as unknown[]) : [];
        if (typeof condition !== 'string') throw refuseAt(at, 'Fn::If is malformed');
        return this.#resolve(this.#condition(condition, stack, at) ? whenTrue : whenFalse, stack, at);
      }
      default:
        throw refuseAt(at, `${name} cannot be resolved in local mode`);
    }
  }

  #ref(name: string, stack: TemplateStack, at: Location): unknown {
    if (name === 'AWS::NoValue') return noValue;
    if (name === 'AWS::StackName') return stack.name;
    if (pseudoParameters[name] !== undefined) return pseudoParameters[name];
    const parameter = stack.parameters[name];
    if (isRecord(parameter)) return this.#parameter(name, parameter, at);
    const resource = stack.resources.get(name);
    const identity = resource && this.#identify(stack, name, resource);
    if (identity === undefined) {
      throw refuseAt(
        at,
        `Ref to ${name} (${resource?.type ?? 'nothing in this template'}) cannot be resolved in local mode`,
      );
    }
    return identity.ref;
  }

  #parameter(name: string, parameter: Readonly<Record<string, unknown>>, at: Location): unknown {
    const { Default: value, Type: type } = parameter;
    // The default of an SSM parameter is its path in the account, not its value.
    if (typeof type === 'string' && type.startsWith('AWS::SSM::')) {
      throw refuseAt(at, `Ref to the parameter ${name}: its value is in an AWS account (${type})`);
    }
    if (value === undefined) throw refuseAt(at, `Ref to the parameter ${name}, which has no default`);
    return type === 'CommaDelimitedList' && typeof value === 'string' ? value.split(',') : value;
  }

  #getAtt(argument: unknown, stack: TemplateStack, at: Location): string {
    const [target, ...rest] =
      typeof argument === 'string' ? argument.split('.') : this.#list(argument, 'Fn::GetAtt', stack, at);
    const attribute = rest.join('.');
    const resource = typeof target === 'string' ? stack.resources.get(target) : undefined;
    const identity = resource && typeof target === 'string' ? this.#identify(stack, target, resource) : undefined;
    const value = identity?.attributes[attribute];
    if (value === undefined) {
      const type = resource?.type ?? 'nothing in this template';
      throw refuseAt(at, `Fn::GetAtt ${String(target)}.${attribute} (${type}) cannot be resolved in local mode`);
    }
    return value;
  }

  /** Only here does `${…}` mean anything: in plain strings it is a policy variable and stays. */
  #sub(argument: unknown, stack: TemplateStack, at: Location): string {
    const [template, variables] = Array.isArray(argument) ? (argument as unknown[]) : [argument, {}];
    if (typeof template !== 'string' || !isRecord(variables)) throw refuseAt(at, 'Fn::Sub is malformed');
    return template.replaceAll(/\$\{(!?)([^}]*)\}/g, (_, literal: string, name: string) => {
      if (literal === '!') return `\${${name}}`;
      const value = Object.hasOwn(variables, name)
        ? this.#resolve(variables[name], stack, at)
        : name.includes('.')
          ? this.#getAtt(name, stack, at)
          : this.#ref(name, stack, at);
      return this.#scalar(value, 'Fn::Sub', at);
    });
  }

  #import(exportName: string, at: Location): unknown {
    for (const stack of this.#stacks) {
      for (const [id, output] of Object.entries(stack.outputs)) {
        if (!isRecord(output) || !isRecord(output['Export'])) continue;
        if (this.resolve(output['Export']['Name'], stack, id) === exportName)
          return this.#output(stack, id, output, at);
      }
    }
    throw refuseAt(at, `Fn::ImportValue ${exportName}: no stack of this app exports it`);
  }

  #stackOutput(argument: unknown, at: Location): unknown {
    const { StackName: stackName, OutputName: outputName } = isRecord(argument) ? argument : {};
    const stack = this.#stacks.find(({ name }) => name === stackName);
    const output = typeof outputName === 'string' ? stack?.outputs[outputName] : undefined;
    if (stack === undefined || typeof outputName !== 'string' || !isRecord(output)) {
      throw refuseAt(at, `Fn::GetStackOutput ${String(stackName)}.${String(outputName)}: no stack of this app has it`);
    }
    return this.#output(stack, outputName, output, at);
  }

  #output(stack: TemplateStack, id: string, output: Readonly<Record<string, unknown>>, at: Location): unknown {
    return this.#guard(`${stack.name}/output/${id}`, at, () => this.resolve(output['Value'], stack, id));
  }

  #condition(name: string, stack: TemplateStack, at: Location): boolean {
    if (!Object.hasOwn(stack.conditions, name)) throw refuseAt(at, `there is no condition ${name}`);
    return this.#guard(`${stack.name}/condition/${name}`, at, () => this.#test(stack.conditions[name], stack, at));
  }

  #test(test: unknown, stack: TemplateStack, at: Location): boolean {
    const [[name, argument] = ['', undefined]] = isRecord(test) ? Object.entries(test) : [];
    const operands: unknown[] = Array.isArray(argument) ? argument : [];
    switch (name) {
      case 'Condition':
        return this.#condition(String(argument), stack, at);
      case 'Fn::Equals': {
        const [left, right] = operands.map((operand) => this.#scalar(this.#resolve(operand, stack, at), name, at));
        return left === right;
      }
      case 'Fn::Not':
        return !this.#test(operands[0], stack, at);
      case 'Fn::And':
        return operands.every((operand) => this.#test(operand, stack, at));
      case 'Fn::Or':
        return operands.some((operand) => this.#test(operand, stack, at));
      default:
        throw refuseAt(at, `the condition function ${name || 'of an unknown form'} cannot be resolved in local mode`);
    }
  }

  #guard<T>(key: string, at: Location, run: () => T): T {
    if (this.#open.has(key)) throw refuseAt(at, `${key} refers to itself`);
    this.#open.add(key);
    try {
      return run();
    } finally {
      this.#open.delete(key);
    }
  }

  #list(argument: unknown, name: string, stack: TemplateStack, at: Location): readonly unknown[] {
    const resolved = this.#resolve(argument, stack, at);
    if (!Array.isArray(resolved)) throw refuseAt(at, `${name} is malformed`);
    return resolved;
  }

  #text(argument: unknown, name: string, stack: TemplateStack, at: Location): string {
    return this.#scalar(this.#resolve(argument, stack, at), name, at);
  }

  #scalar(value: unknown, name: string, at: Location): string {
    if (typeof value === 'string') return value;
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
    throw refuseAt(at, `${name} holds something other than text`);
  }
}
