import { useRef } from "react";
import { strings } from "../strings.ts";
import { Dialog } from "./dialog.tsx";
import { type Question, useQuestion } from "./question.ts";

/** The question that is open, as a window over the page. */
export function Confirmation({ question }: { question: Question }) {
  const answer = useQuestion((state) => state.answer);
  const yes = useRef(false);
  return (
    <Dialog
      title={question.title}
      size="small"
      onClose={() => answer(yes.current)}
      onSubmit={() => {
        yes.current = true;
        answer(true);
      }}
      footer={(close) => (
        <>
          {/* The first to have the focus: what is pressed by mistake does no harm. */}
          <button type="button" className="button" data-first onClick={close}>
            {strings.cancel}
          </button>
          <button type="submit" className={question.grave ? "button button-grave" : "button button-primary"}>
            {question.act}
          </button>
        </>
      )}
    >
      <p className="dialog-text">{question.text}</p>
    </Dialog>
  );
}
