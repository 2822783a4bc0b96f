import { Observable, type Subscriber } from 'rxjs';

/** What hands values on to whoever has subscribed, in order of subscription. */
export interface Source<T> {
  readonly values: Observable<T>;
  next(value: T): void;
  close(): void;
}

/** A Subject makes an iterator and two closures at every value, which for an event and ten detectors is most of what they cost. */
export function createSource<T>(): Source<T> {
  let subscribers: readonly Subscriber<T>[] = [];
  return {
    values: new Observable<T>((subscriber) => {
      subscribers = [...subscribers, subscriber];
      return () => {
        subscribers = subscribers.filter((one) => one !== subscriber);
      };
    }),
    next(value) {
      const now = subscribers;
      for (let i = 0; i < now.length; i++) now[i]!.next(value);
    },
    close() {
      for (const subscriber of subscribers) subscriber.unsubscribe();
    },
  };
}
