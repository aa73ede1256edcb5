const router = require("express").Router();

router.get("/health", (_, answer) => answer.send("of the parcels"));

module.exports = router;
