import type { Client } from "@tideboard/client";
import { createContext, type ReactNode, useContext, useEffect, useState } from "react";
import { pageScheduler } from "../scheduler/page.ts";
import type { Scheduler } from "../scheduler/scheduler.ts";
import { OnScreen } from "./on-screen.ts";
import { Ticker } from "./ticker.ts";

/** What all widgets below one provider share. */
export interface Surface {
  readonly client: Client;
  readonly scheduler: Scheduler;
  readonly onScreen: OnScreen;
  readonly seconds: Ticker;
}

const SurfaceContext = createContext<Surface | null>(null);

/** Gives hooks and widgets their client. Starting and stopping it stays with whoever made it. */
export function TideboardProvider({ client, children }: { client: Client; children: ReactNode }) {
  const [surface, setSurface] = useState<Surface | null>(null);
  useEffect(() => {
    const { scheduler, close } = pageScheduler();
    const onScreen = new OnScreen();
    const seconds = new Ticker(1000);
    const stopMeasuring = measurePaint(client, scheduler);
    const stopTelling = tellVisibility(client);
    setSurface({ client, scheduler, onScreen, seconds });
    return () => {
      stopTelling();
      stopMeasuring();
      seconds.close();
      onScreen.close();
      close();
    };
  }, [client]);
  if (surface?.client !== client) return null;
  return <SurfaceContext value={surface}>{children}</SurfaceContext>;
}

/** What the provider above gives. */
export function useSurface(): Surface {
  const surface = useContext(SurfaceContext);
  if (!surface) throw new Error("Tideboard's hooks and widgets need a <TideboardProvider> above them.");
  return surface;
}

/** The client of the provider above. */
export function useClient(): Client {
  return useSurface().client;
}

/** Tells the client when what it applied is on the screen: a message posted while drawing arrives after the paint. */
function measurePaint(client: Client, scheduler: Scheduler): () => void {
  const channel = new MessageChannel();
  channel.port1.onmessage = () => client.painted();
  const stop = scheduler.onCurrent(() => {
    if (client.awaitsPaint) channel.port2.postMessage(null);
  });
  return () => {
    stop();
    channel.port1.close();
  };
}

function tellVisibility(client: Client): () => void {
  const visibility = () => client.setHidden(document.hidden);
  const wake = () => client.wake();
  visibility();
  document.addEventListener("visibilitychange", visibility);
  window.addEventListener("online", wake);
  window.addEventListener("pageshow", wake);
  return () => {
    document.removeEventListener("visibilitychange", visibility);
    window.removeEventListener("online", wake);
    window.removeEventListener("pageshow", wake);
  };
}
