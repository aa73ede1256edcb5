const { Worker } = require("bullmq");

new Worker("labels", async (job) => job.data);
