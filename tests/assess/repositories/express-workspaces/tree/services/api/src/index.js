const express = require("express");
const client = require("prom-client");
const parcels = require("./parcels");

const app = express();
const port = process.env.PORT || 4000;

app.use("/parcels", parcels);
app.get("/livez", (_, answer) => answer.send("ok"));
app.get("/metrics", async (_, answer) => answer.send(await client.register.metrics()));

app.listen(port);
