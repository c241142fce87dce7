import { expect, test } from "vitest";
import { modelWords, shippedWords } from "./labels";

test("a model that learnt from simulated data is said to have", () => {
  expect(modelWords("prior", "prior")).toBe("Shipped model, trained on simulated data");
  expect([modelWords("3", "ready"), modelWords("4", "provisional")]).toEqual(["Model 3", "Model 4 (provisional)"]);
  expect([shippedWords([]), shippedWords(["lead"])]).toEqual(["", "Scores of lead come from the shipped model, trained on simulated data."]);
  expect(shippedWords(["lead", "churn", "engagement"])).toBe("Scores of lead, churn and engagement come from the shipped models, trained on simulated data.");
});
