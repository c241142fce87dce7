/** The thread of trainings: a file of its own, or inside the page where that may load none (vite.config.ts). */
declare module "$train-worker" {
  const TrainWorker: new () => Worker;
  export default TrainWorker;
}
