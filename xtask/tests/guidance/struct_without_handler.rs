use aqueduct::{Consumer, Tick};

struct Projector;

fn main() {
    let _ = Consumer::new::<Tick>(Projector);
}
