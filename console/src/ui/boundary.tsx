import { Component, type ReactNode } from 'react';
import { Trouble } from './panel.tsx';

interface Props {
  /** Another value begins anew, for example the address. */
  at: string;
  children: ReactNode;
}

/** What cannot be drawn takes nothing else away with it. */
export class Boundary extends Component<Props, { error: Error | undefined }> {
  override state: { error: Error | undefined } = { error: undefined };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override componentDidUpdate(before: Props): void {
    if (before.at !== this.props.at && this.state.error !== undefined) this.setState({ error: undefined });
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    return (
      <Trouble
        error={new Error('This cannot be drawn. It is a fault of the console.')}
        again={() => this.setState({ error: undefined })}
      />
    );
  }
}
