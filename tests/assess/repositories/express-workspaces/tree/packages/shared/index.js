module.exports = (app) => app.get("/health", (_, answer) => answer.send("ok"));
