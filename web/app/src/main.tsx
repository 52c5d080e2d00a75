import "@tideboard/react/styles.css";
import "./styles/app.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { createQueryClient } from "./api/queries.ts";
import { Changes } from "./live/changes.ts";
import { createLiveClient } from "./live/client.ts";
import { App } from "./shell/app.tsx";
import { reloadForNewVersion } from "./shell/new-version.ts";
import { tellResumes } from "./shell/resume-note.ts";
import { followSystemTheme } from "./shell/theme.ts";

reloadForNewVersion();
followSystemTheme();

const client = createLiveClient();
tellResumes(client);
const changes = new Changes(client, Math.random);

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App client={client} queries={createQueryClient()} changes={changes} />
    </StrictMode>,
  );
}
