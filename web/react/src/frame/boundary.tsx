import { Component, type ReactNode } from "react";
import { strings } from "../strings.ts";

/** Keeps a widget that throws from taking the others with it. */
export class WidgetBoundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    if (!this.state.failed) return this.props.children;
    return (
      <div className="tb-cover" role="alert">
        <p className="tb-cover-title">{strings.brokenTitle}</p>
        <p className="tb-cover-text">{strings.broken}</p>
        <button type="button" className="tb-button" onClick={() => this.setState({ failed: false })}>
          {strings.retry}
        </button>
      </div>
    );
  }
}
