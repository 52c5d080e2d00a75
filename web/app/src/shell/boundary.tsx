import { Component, type ReactNode } from "react";
import { strings } from "../strings.ts";

/** Stands in for a page that threw, instead of an empty window. */
export class Boundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    if (!this.state.failed) return this.props.children;
    return (
      <main className="page">
        <div className="note" role="alert">
          <p className="note-title">{strings.problem}</p>
          <p>{strings.broken}</p>
          <button type="button" className="button" onClick={() => window.location.reload()}>
            {strings.reload}
          </button>
        </div>
      </main>
    );
  }
}
