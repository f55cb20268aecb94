import { describe, expect, it, vi } from "vitest";
import { RequestError } from "../api/http";
import type { PreviewDraft, Previews } from "../api/types";
import { Previewing } from "./previewing.svelte";

const draft = (message: string): PreviewDraft => ({
  message: { channel: "default", body: { message } },
});

const drawn = (text: string): Previews => ({
  notifications: [
    {
      messageId: "message:PREVIEW",
      channel: "default",
      os: "ANDROID",
      publishedAt: 0,
      android: { text },
      message: text,
      headers: {},
    },
  ],
  gaps: [],
});

/** A server that answers when the test says so. */
function slow() {
  const asked: string[] = [];
  const answers: ((answer: Previews | Error) => void)[] = [];
  const draw = (given: PreviewDraft): Promise<Previews> => {
    asked.push("message" in given ? String(given.message.body["message"]) : "");
    return new Promise((done, failed) =>
      answers.push((answer) => (answer instanceof Error ? failed(answer) : done(answer))),
    );
  };
  const answer = async (given: Previews | Error): Promise<void> => {
    await vi.waitFor(() => expect(answers.length).toBeGreaterThan(0));
    answers.shift()?.(given);
  };
  return { asked, draw, answer };
}

describe("previewing", () => {
  it("asks for the newest only, one at a time", async () => {
    const { asked, draw, answer } = slow();
    const previewing = new Previewing(draw);
    for (const text of ["T", "Te", "Tea"]) previewing.ask(draft(text));
    await answer(drawn("T"));
    await answer(drawn("Tea"));
    await vi.waitFor(() => expect(previewing.of("ANDROID")?.android?.text).toBe("Tea"));
    expect(asked.length).toBeLessThanOrEqual(2);
    expect(asked.at(-1)).toBe("Tea");
    expect(previewing.of("IOS")).toBeUndefined();
  });

  it("keeps what was drawn when the server refuses, and says why", async () => {
    const { draw, answer } = slow();
    const previewing = new Previewing(draw);
    previewing.ask(draft("Tea"));
    await answer(drawn("Tea"));
    previewing.ask(draft("{"));
    const problems = [{ path: "message", message: "is wrong" }];
    await answer(new RequestError("it is wrong", 400, 90081, { problems }));
    await vi.waitFor(() => expect(previewing.refusal).toBe("it is wrong"));
    expect(previewing.problems).toEqual(problems);
    expect(previewing.of("ANDROID")?.android?.text).toBe("Tea");
    previewing.ask(draft("Tea!"));
    await answer(drawn("Tea!"));
    await vi.waitFor(() => expect(previewing.refusal).toBe(""));
    expect(previewing.problems).toEqual([]);
  });

  it("keeps what was drawn when the server is away, and asks again", async () => {
    const { asked, draw, answer } = slow();
    const previewing = new Previewing(draw);
    previewing.ask(draft("Tea"));
    await answer(drawn("Tea"));
    await vi.waitFor(() => expect(previewing.notifications.length).toBe(1));
    previewing.ask(draft("Teas"));
    await answer(new RequestError("away", 0, 0, {}));
    await vi.waitFor(() => expect(asked.length).toBe(3), { timeout: 3_000 });
    expect(previewing.of("ANDROID")?.android?.text).toBe("Tea");
    expect(previewing.refusal).toBe("");
    await answer(drawn("Teas"));
    await vi.waitFor(() => expect(previewing.of("ANDROID")?.android?.text).toBe("Teas"));
  });
});
