"""probe of amounts precision"""
import random
from decimal import Decimal, ROUND_HALF_UP, localcontext
from fractions import Fraction
import sqlalchemy as sa
from models.rules import amounts
def half(x):
    s=-1 if x<0 else 1; x=abs(x); return s*((2*x.numerator+x.denominator)//(2*x.denominator))
def test_p(store):
    rng=random.Random(1)
    for scale in (7,9,10,11,12,13,14,15,16):
        rows=[]
        for i in range(20000):
            t=rng.randrange(10**(scale-1),10**scale); r=Decimal(rng.choice([rng.randrange(1,40)*100, rng.randrange(1,4000),rng.choice([825,1650,500,1500])])).scaleb(-4)
            rows.append((i,t,r))
        v=sa.values(sa.column("i",sa.Integer),sa.column("t",sa.BigInteger),sa.column("r",sa.Numeric),name="v").data(rows)
        got=store.execute(sa.select(v.c.i,amounts.net(sa.cast(v.c.t,sa.BigInteger),sa.cast(v.c.r,sa.Numeric),sa.true()))).all()
        bad=[(rows[i],n,half(Fraction(rows[i][1])/(1+Fraction(rows[i][2])))) for i,n in got if n!=half(Fraction(rows[i][1])/(1+Fraction(rows[i][2])))]
        print(scale,len(bad),bad[:3])
