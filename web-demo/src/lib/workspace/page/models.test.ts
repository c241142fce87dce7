import type { LogTraining } from "chatsignal/slim/train";
import { expect, test } from "vitest";
import type { Engine } from "./engine";
import { PageModels } from "./models";

const shipped = new Uint8Array([0]);
const engine = {
  models: { lead: shipped, churn: shipped, engagement: shipped },
  schemas: { churn: { feature_set: "churn/1", feature_set_hash: "x64:1", features: [{ name: "a", category: "c" }] } },
} as unknown as Engine;

const trained = (promoted: boolean, at: number): LogTraining => ({
  state: "provisional",
  reason: "",
  gate: {},
  promoted,
  bytes: new Uint8Array([at]),
  markdown: `card ${at}`,
  card: {
    evaluation: {
      simulated: false,
      counts: { data_until_ms: 0 },
      metrics: { auc: { value: 0.7 }, f1: null },
      importance: [{ feature: "a", mean_abs_shap: 2, permutation: 0 }],
    },
  },
});

test("the shipped model scores until a better one is trained, and can come back", () => {
  const models = new PageModels(engine);
  expect([models.serving("churn"), models.versions("churn"), models.champion("churn")]).toEqual(["prior", [], undefined]);
  expect(models.add("churn", trained(true, 1))).toBe("1");
  expect([models.serving("churn"), [...models.file("churn")], models.serving("lead")]).toEqual(["1", [1], "prior"]);
  expect(models.add("churn", trained(false, 2))).toBe("2");
  const aliases = () => models.versions("churn").map(({ version, aliases }) => [version, ...aliases]);
  expect(aliases()).toEqual([["2"], ["1", "champion"], ["prior", "previous"]]);
  expect(models.versions("churn")[1]).toMatchObject({ state: "provisional", simulated: false, metrics: { auc: 0.7 } });
  models.activate("churn", "2");
  expect([aliases()[0], models.card("churn", "2")]).toEqual([["2", "champion"], "card 2"]);
  models.activate("churn", "prior");
  // Who went back to it wants to know whether the next version is better than it.
  expect(models.champion("churn")).toBe(shipped);
  expect([models.serving("churn"), models.file("churn")]).toEqual(["prior", shipped]);
  expect(models.importance("churn", "mean_abs_shap").model.version).toBe("prior");
  models.activate("churn", "1");
  expect(models.importance("churn", "mean_abs_shap").model.state).toBe("provisional");
  expect(models.importance("churn", "mean_abs_shap").features).toMatchObject([{ feature: "a", importance: 1 }]);
  expect(() => models.activate("churn", "9")).toThrow(/no version 9/);
});
