//! What agent, contract, server, Skill and prompt documents hold. Their JSON Schemas come from here.
