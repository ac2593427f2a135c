// In a file of its own: it replaces what the whole process has.

import { testApplications } from "./applications.ts";

testApplications(true);
