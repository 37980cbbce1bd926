// A stack with one machine, for apps that keep it apart from their data.
import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { TokenVendingMachine } from './token-vending-machine.ts';
import type { TokenVendingMachineProps } from './token-vending-machine-props.ts';

/** The settings of the stack and its machine. */
export interface TokenVendingMachineStackProps extends StackProps, TokenVendingMachineProps {}

/** One machine in a stack of its own. */
export class TokenVendingMachineStack extends Stack {
  readonly tokenVendingMachine: TokenVendingMachine;

  constructor(scope: Construct, id: string, props: TokenVendingMachineStackProps) {
    super(scope, id, props);
    this.tokenVendingMachine = new TokenVendingMachine(this, 'Tvm', props);
  }
}
