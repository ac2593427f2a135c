import { app } from "./express-app.mjs";
import { announce, patient } from "./process.mjs";

const server = app.listen(0, "127.0.0.1", () => announce(server.address().port));
if (patient) server.keepAliveTimeout = 600_000;
