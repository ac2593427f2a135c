import { testApplications } from "./applications.ts";

testApplications(false);
